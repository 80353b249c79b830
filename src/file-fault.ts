/** What a system or SQLite says of a place for files, in words, and what to do about it. */
const reasons: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  EACCES: ['the gateway may not read or write there', 'give its user the folder and what is in it'],
  EPERM: ['the gateway may not change what is there', 'give its user the folder and what is in it'],
  EROFS: ['its file system is read-only', 'mount it writable, or name a place that is'],
  ENOTDIR: ['a part of its path is a file and no folder', 'name another path'],
  EEXIST: ['a part of its path is a file and no folder', 'name another path'],
  ENOENT: ['a folder or a link on its path leads nowhere', 'make what is missing, or name another path'],
  EISDIR: ['it is a folder', 'name a file in it'],
  ELOOP: ['links on its path lead in a circle', 'name another path'],
  ENAMETOOLONG: ['its path is too long', 'name another path'],
  ENOSPC: ['its disk is full', 'make room there, or name another path'],
  EDQUOT: ['the quota of its disk is used up', 'make room there, or name another path'],
  EMFILE: ['this process has too many files open', 'raise its limit (ulimit -n)'],
  EIO: ['its disk cannot be read or written', 'check the disk'],
  SQLITE_NOTADB: ['file is not a database', 'name another file, or move this one away'],
  SQLITE_CORRUPT: ['the file is damaged', 'put a backup in its place'],
  SQLITE_READONLY: ['the file or its folder is read-only', 'let the user of the gateway write both'],
  SQLITE_CANTOPEN: ['the file cannot be opened', 'give the user of the gateway the file and its folder'],
  SQLITE_FULL: ['its disk is full', 'make room there, or name another path'],
  SQLITE_IOERR: ['its disk cannot be read or written', 'check the disk, and whether there is room on it'],
  SQLITE_BUSY: ['another program holds it', 'stop that program'],
  SQLITE_LOCKED: ['another program holds it', 'stop that program'],
}

/**
 * The fault of a place that a variable names: which variable, which path, what is wrong and what helps. Any other error is
 * answered as it is.
 *
 * @param what such as "the history"
 */
export function explainFileFault(error: unknown, variable: string, what: string, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  // Extended codes of SQLite have a suffix: SQLITE_IOERR_SHMSIZE.
  const code = /^SQLITE_[A-Z]+/.exec(String(error.code))?.[0] ?? String(error.code)
  const [reason, remedy] = reasons[code] ?? []
  if (reason === undefined) return error
  const at =
    'path' in error && typeof error.path === 'string' && error.path !== path ? ` (at ${error.path})` : ''
  return new Error(
    `${variable}: ${what} ${path} cannot be used: ${reason}${at} [${error.code}]. To mend it, ${remedy}.`,
    {
      cause: error,
    },
  )
}
