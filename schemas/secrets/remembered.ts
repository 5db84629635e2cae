/**
 * Answers that are kept, because ids, names and words repeat often.
 *
 * @module
 */

/** Number of cached answers, and the longest cached text. */
const REMEMBERED = 4096;
const REMEMBERED_LENGTH = 80;

/** The same question, answered from memory for short texts. */
export function remembered<Answer>(ask: (text: string) => Answer): (text: string) => Answer {
  const answers = new Map<string, Answer>();
  return (text) => {
    if (text.length > REMEMBERED_LENGTH) return ask(text);
    const known = answers.get(text);
    if (known !== undefined) return known;
    if (answers.size >= REMEMBERED) answers.clear();
    const answer = ask(text);
    answers.set(text, answer);
    return answer;
  };
}
