/** Lines over two logarithmic axes, each named at its end, as an SVG picture. */

import { LogAxis } from './log-axis.ts'
import { element, text } from './svg.ts'

export interface Series {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

export interface PlotSettings {
  readonly title: string
  readonly xTitle: string
  readonly yTitle: string
  readonly series: readonly Series[]
  readonly formatX: (value: number) => string
  readonly formatY: (value: number) => string
  /** Which values of x are named; default: decades. */
  readonly xTicks?: readonly number[]
}

const width = 640
const height = 400
const left = 76
const right = 500
const top = 44
const bottom = 346

/** Told apart also by people who do not see red and green alike (Okabe and Ito). */
const colours = ['#0072b2', '#56b4e9', '#d55e00', '#e69f00', '#009e73', '#cc79a7', '#000000']
const ink = '#333333'
const gridColour = '#dddddd'

/** Names at the ends of lines keep this distance. */
const nameDistance = 15

export function plot(settings: PlotSettings): string {
  const series = settings.series.filter(({ points }) => points.length > 0)
  const xs = series.flatMap(({ points }) => points.map(([x]) => x))
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y))
  const xAxis = new LogAxis(xs, left, right, settings.xTicks)
  const yAxis = new LogAxis(ys, bottom, top)
  const nameYs = spread(series.map(({ points }) => yAxis.place(points.at(-1)![1])))
  const parts = [
    element('rect', { width, height, fill: '#ffffff' }),
    text(left, 24, settings.title, { 'font-size': 15, 'font-weight': 'bold' }),
    ...xAxis.ticks.map((tick) => xTick(xAxis.place(tick), settings.formatX(tick))),
    ...yAxis.ticks.map((tick) => yTick(yAxis.place(tick), settings.formatY(tick))),
    text((left + right) / 2, height - 14, settings.xTitle, { 'text-anchor': 'middle' }),
    text(-(top + bottom) / 2, 18, settings.yTitle, {
      'text-anchor': 'middle',
      transform: 'rotate(-90)',
    }),
    ...series.map(({ name, points }, index) => {
      const colour = colours[index % colours.length]!
      const places = points.map(([x, y]) => [xAxis.place(x), yAxis.place(y)] as const)
      return line(name, places, colour) + nameOf(name, places.at(-1)!, nameYs[index]!, colour)
    }),
  ]
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-family': 'sans-serif',
    'font-size': 12,
    fill: ink,
    role: 'img',
  }
  return `${element('svg', attributes, `\n${parts.join('\n')}\n`)}\n`
}

function xTick(x: number, label: string): string {
  return (
    element('line', { x1: x, y1: top, x2: x, y2: bottom, stroke: gridColour }) +
    text(x, bottom + 18, label, { 'text-anchor': 'middle' })
  )
}

function yTick(y: number, label: string): string {
  return (
    element('line', { x1: left, y1: y, x2: right, y2: y, stroke: gridColour }) +
    text(left - 8, y + 4, label, { 'text-anchor': 'end' })
  )
}

type Place = readonly [x: number, y: number]

function line(name: string, places: readonly Place[], colour: string): string {
  const points = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')
  const dots = places.map(([cx, cy]) => element('circle', { cx, cy, r: 3, fill: colour }))
  const path = { points, fill: 'none', stroke: colour, 'stroke-width': 2 }
  return element('polyline', path, element('title', {}, name)) + dots.join('')
}

/** At the right edge, with a thin line to where its own line ends. */
function nameOf(name: string, [x, y]: Place, nameY: number, colour: string): string {
  const lead = { x1: x + 5, y1: y, x2: right + 18, y2: nameY, stroke: colour, opacity: 0.5 }
  return element('line', lead) + text(right + 22, nameY + 4, name, { fill: colour })
}

/** Moves places apart that are too near to each other, in their order. */
function spread(places: readonly number[]): number[] {
  const order = places.map((_, index) => index).toSorted((a, b) => places[a]! - places[b]!)
  const moved = [...places]
  for (const [position, index] of order.entries()) {
    const before = order[position - 1]
    if (before === undefined) continue
    moved[index] = Math.max(moved[index]!, moved[before]! + nameDistance)
  }
  return moved
}
