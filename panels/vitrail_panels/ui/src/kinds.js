// Types as people call them.

/** The kind of a type: `Optional(Number(integer=True))` is a number. */
export function kindOf(type) {
  const bare = String(type).replace(/^(?:(?:Optional|Versions)\()+/, "");
  return /^\w*/.exec(bare)[0].toLowerCase();
}
