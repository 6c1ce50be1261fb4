/**
 * Undoes things in reverse order (AsyncDisposableStack arrives only in Node 24). Every disposer
 * runs even if another fails; the first failure is thrown at the end.
 */
export class DisposalStack implements AsyncDisposable {
  readonly #disposers: (() => unknown)[] = []

  defer(disposer: () => unknown): void {
    this.#disposers.push(disposer)
  }

  use<T extends AsyncDisposable>(resource: T): T {
    this.defer(() => resource[Symbol.asyncDispose]())
    return resource
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let disposer = this.#disposers.pop(); disposer; disposer = this.#disposers.pop()) {
      try {
        await disposer()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
