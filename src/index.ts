export class Account {}
export class Login {}
export default {}
