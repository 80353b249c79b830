/** Whether mutants are judged: there is no server then. Asked of a member of the process, since programs use stores, too. */
export const judging = 'judgingMutants'
export const isJudging: boolean = judging in globalThis
