/** An answer other than 200, as UNICORE's services write it: `{"errorMessage","status"}`. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: ProblemStatus
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: ProblemStatus,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 413 | 429 | 500 | 503
