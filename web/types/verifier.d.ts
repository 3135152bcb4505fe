/** What the server writes above the modules of the verifier: its texts, by language. */
declare const TEXTS: Record<"zh" | "en", Record<string, string>>;

/** Chromium, Firefox and Safari alike: where a file of a chosen directory lies in it. */
interface File {
  readonly webkitRelativePath: string;
}
