import { describeScenarios } from '../support/mount/scenario-matrix.ts'

describeScenarios('kernel')
