import { attributeOperations } from './attribute-operations.ts'
import type { Operations } from './binding.ts'
import type { NativeContext } from './context.ts'
import { directoryOperations } from './directory-operations.ts'
import { fileOperations } from './file-operations.ts'
import { namespaceOperations } from './namespace-operations.ts'

/** What libfuse may call for one mount. Extended attributes are absent: it stops asking for them. */
export function createOperations(context: NativeContext, ended: () => void): Operations {
  return {
    ...attributeOperations(context),
    ...fileOperations(context),
    ...directoryOperations(context),
    ...namespaceOperations(context),
    destroy: (answer) => {
      answer(0)
      ended()
    },
  }
}
