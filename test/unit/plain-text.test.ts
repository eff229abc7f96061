/** What is left of a text of others: names at X, and X's own words. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plainJson, plainText } from '../../src/plain-text'

describe('plainText', () => {
  it.each([
    ['plain', 'Alice Example', 'Alice Example'],
    ['other alphabets', 'Ålice Ωμέγα Иван 愛 أليس', 'Ålice Ωμέγα Иван 愛 أليس'],
    ['quotes and markup, which pages escape', `<b>"O'Hara" & Co</b>`, `<b>"O'Hara" & Co</b>`],
    ['an override of direction', 'alice\u202egnp.exe', 'alicegnp.exe'],
    ['isolates and marks', '\u2066a\u2069\u200eb\u200fc\u061cd', 'abcd'],
    ['controls', 'a\u0000b\u001b[31mc\u007fd\u009be', 'ab[31mcde'],
    ['lines', 'a\r\nb\u2028c\td', 'a b c d'],
    ['no width', 'al\u200bi\u2060c\ufeffe\u00ad', 'alice'],
    ['a letter that fills no space', '\u3164\u115f\uffa0', ''],
    ['half a surrogate pair', 'a\ud83d', 'a\ufffd'],
    ['a joiner between Latin letters', 'ad\u200dmi\u200cn', 'admin'],
    ['a joiner at the end', 'می\u200c', 'می'],
    ['a message in tags', 'a\u{e0068}\u{e0069}', 'a'],
    ['nothing but joiners', '\u200d\u200c\u200d', ''],
    ['blanks around it', '  Alice ', 'Alice'],
    ['nothing', '', ''],
  ])('%s', (_, foreign, plain) => {
    expect(plainText(foreign)).toBe(plain)
  })

  it.each([
    ['a family', '👨‍👩‍👧'],
    ['a flag', '🏳️‍🌈'],
    ['a profession with a colour of skin', '👩🏽‍💻'],
    ['a flag of two letters', '🇦🇹'],
    ['Persian', 'می\u200cخواهم'],
    ['Hindi', 'क्\u200dष'],
    ['a keycap', '1️⃣'],
    ['a flag of tags', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
  ])('leaves %s whole', (_, text) => {
    expect(plainText(text)).toBe(text)
  })

  it('says the same of what it gave, whatever came', () => {
    const unseen = fc.constantFrom('\u202e', '\u200d', '\u200c', '\u0085', '\ud800', 'م', '👩', ' ')
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(unseen).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (foreign) => {
        const plain = plainText(foreign)
        expect(plainText(plain)).toBe(plain)
        expect(plain.isWellFormed()).toBe(true)
        expect(plain).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u)
      }),
    )
  })
})

it('plainJson is the same value, with nothing in it that is not seen', () => {
  const value = { name: 'a\u202eb\u200d\u0007\u009b\ud800', list: ['é’', 1, null] }
  const json = plainJson(value)
  expect(JSON.parse(json)).toEqual(value)
  expect(json).toBe('{"name":"a\\u202eb\\u200d\\u0007\\u009b\\ud800","list":["é’",1,null]}')
})
