/** Folds a text as the server's search does, so that "dang" finds "Đặng". */
export function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/đ/g, "d");
}
