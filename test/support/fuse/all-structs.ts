/** Every struct of the protocol, for tests that treat all of them alike. */

import * as attributes from '../../../src/fuse/kernel/attribute-structs.ts'
import * as session from '../../../src/fuse/kernel/session-structs.ts'
import * as names from '../../../src/fuse/kernel/structs.ts'
import * as unserved from '../../../src/fuse/kernel/unserved-structs.ts'

export const allStructs = [attributes, names, session, unserved].flatMap((module) =>
  Object.values(module),
)
