/** `file:relative/path` and `file:///absolute/path` as a path; empty for anything else. */
export function pathOf(url: string): string {
  return /^file:(?:\/\/(?=\/))?(?!\/\/)(.+)$/.exec(url)?.[1] ?? ''
}
