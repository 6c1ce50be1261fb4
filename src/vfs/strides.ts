/**
 * Slices of a file that are going to be read: a pure function of the access history of one open
 * file. Programs that read a part of each row of an array (HDF5, NetCDF, columns of fixed records) read
 * pieces of one length in one distance, now and then with a look into an index between them.
 *
 * Accesses that follow each other are one slice. Two slices make a distance, a third one in the
 * same distance a row; from then on the next ones are asked for, one, two, four … in advance.
 */

import type { ByteRange } from '../support/byte-range.ts'

export interface StrideLimits {
  /** Of all slices that are asked for in advance. */
  readonly maxBytes: number
}

export interface StrideState {
  /** Where the slice began that is being read, and up to where it has been. */
  readonly start: number
  readonly end: number
  /** Where the first slice of the row began; which one this is, from 0. */
  readonly first: number
  readonly index: number
  readonly longestBytes: number
  /** Accesses elsewhere since. */
  readonly strays: number
  /** The first slice that has not been asked for. */
  readonly nextIndex: number
}

export interface StridePlan {
  readonly state: StrideState
  /** To be fetched in advance, the next one first; they may lie beyond the end of the file. */
  readonly slices: readonly ByteRange[]
  /** Where the slice that is being read ends most likely. */
  readonly sliceEnd: number
}

/** No access is near it. */
export const initialStrides: StrideState = rowFrom(-Infinity, -Infinity)

/** The kernel asks for whole pages: what a program reads in equal distances comes this unequal. */
const kernelPageBytes = 4096

/** Looks elsewhere that do not end a row. */
const straysMax = 2

/** Each is a transfer of its own. */
const slicesMax = 32

export function planStrides(
  before: StrideState,
  { start, end }: ByteRange,
  { maxBytes }: StrideLimits,
): StridePlan {
  const isSameSlice = start >= before.start && start <= before.end + kernelPageBytes
  const state = isSameSlice
    ? { ...before, end: Math.max(before.end, end), strays: 0 }
    : nextSlice(before, start, end)
  const isRow = state.index >= 2
  const isLonger = state.end - state.start > state.longestBytes
  const sliceEnd = isRow && !isLonger ? state.start + state.longestBytes : Infinity
  if (!isRow || state.start !== start) return { state, slices: [], sliceEnd }
  const isDense = Math.abs(strideOf(state)) <= state.longestBytes
  const most = Math.min(isDense ? Infinity : slicesMax, Math.floor(maxBytes / state.longestBytes))
  const ahead = Math.min(2 ** (state.index - 2), most)
  const next = Math.max(state.nextIndex, state.index + 1)
  const last = state.index + ahead
  // What is asked for together costs less.
  if (last - next < Math.floor(ahead / 2)) return { state, slices: [], sliceEnd }
  const slices = slicesFrom(state, next, last).filter((slice) => slice.end > 0)
  return { state: { ...state, nextIndex: last + 1 }, slices, sliceEnd }
}

function nextSlice(before: StrideState, start: number, end: number): StrideState {
  const isInRow = before.index >= 1
  if (isInRow && Math.abs(start - before.start - strideOf(before)) <= kernelPageBytes) {
    const lastBytes = Math.max(before.end - before.start, end - start)
    // One long slice among short ones is forgotten.
    const longestBytes = Math.max(lastBytes, Math.floor(before.longestBytes / 2), kernelPageBytes)
    return { ...before, start, end, index: before.index + 1, longestBytes, strays: 0 }
  }
  if (before.index >= 2 && before.strays < straysMax) {
    return { ...before, strays: before.strays + 1 }
  }
  if (!Number.isFinite(before.start)) return rowFrom(start, end)
  const longestBytes = Math.max(before.end - before.start, end - start, kernelPageBytes)
  return { ...rowFrom(start, end), first: before.start, index: 1, longestBytes, nextIndex: 2 }
}

function rowFrom(start: number, end: number): StrideState {
  return { start, end, first: start, index: 0, longestBytes: 0, strays: 0, nextIndex: 1 }
}

/** The longer the row, the more exact. */
function strideOf({ first, start, index }: StrideState): number {
  return (start - first) / index
}

function slicesFrom(state: StrideState, from: number, to: number): ByteRange[] {
  const slices: ByteRange[] = []
  for (let index = from; index <= to; index++) slices.push(sliceAt(state, index))
  if (Math.abs(strideOf(state)) > state.longestBytes) return slices
  const start = Math.min(...slices.map((slice) => slice.start))
  const end = Math.max(...slices.map((slice) => slice.end))
  return [{ start, end }]
}

function sliceAt(state: StrideState, index: number): ByteRange {
  const stride = strideOf(state)
  // One page for where the reader is, one for where the row leads to.
  const margin = stride % kernelPageBytes === 0 ? 0 : 2 * kernelPageBytes
  const start = Math.floor(state.start + (index - state.index) * stride)
  return { start: Math.max(start - margin, 0), end: start + state.longestBytes + margin }
}
