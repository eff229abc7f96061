/** X's word, in a reply of status 200, for something that is not there. */
export function missing(type: 'user' | 'tweet', parameter: string, value: string) {
  return {
    value,
    detail: `Could not find ${type} with ${parameter.replace(/s$/, '')}: [${value}].`,
    title: 'Not Found Error',
    resource_type: type,
    parameter,
    resource_id: value,
    type: 'https://api.twitter.com/2/problems/resource-not-found',
  }
}
