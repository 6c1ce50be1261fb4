/** The least of SVG that a plot needs. */

export type SvgAttributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: SvgAttributes, content = ''): string {
  const list = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeText(typeof value === 'number' ? rounded(value) : value)}"`,
  )
  return content === ''
    ? `<${name}${list.join('')}/>`
    : `<${name}${list.join('')}>${content}</${name}>`
}

export function text(x: number, y: number, words: string, attributes: SvgAttributes = {}): string {
  return element('text', { x, y, ...attributes }, escapeText(words))
}

function rounded(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escapeText(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
