/**
 * Folders and files that only the user of the sandbox may read: they hold variables, parameters and logs of flows.
 *
 * @module
 */

import { chmod, mkdir, open, readdir, stat } from "node:fs/promises";

const FOLDER = 0o700;
const FILE = 0o600;

/** Rights of everybody but the owner. */
const OTHERS = 0o077;

/** Files and folders that the sandbox makes in its folder. */
const OWN =
  /^(home|agent\.log|credentials\.json|environment\.sh|kubeconfig|[\w-]+\.sqlite(-wal|-shm|-journal)?)$/;

/**
 * Makes a folder for its owner alone. One that is there is closed to others if it is empty or the sandbox made what is in
 * it; any other, such as a home folder, is left as it is.
 *
 * @returns what to warn of, null when nobody else can look into it
 * @throws when it cannot be made
 */
export async function makePrivateFolder(path: string): Promise<string | null> {
  await mkdir(path, { recursive: true, mode: FOLDER });
  const { mode } = await stat(path);
  if ((mode & OTHERS) === 0) return null;
  const rights = (mode & 0o777).toString(8);
  const foreign = (await readdir(path)).find((name) => !OWN.test(name));
  if (foreign !== undefined) {
    return `Others may look into the folder ${path} (its rights are ${rights}), and it is left so because it holds ` +
      "things that are not the sandbox's: name a folder of its own with --data";
  }
  try {
    await chmod(path, FOLDER);
    return null;
  } catch {
    return `Others may look into the folder ${path} (its rights are ${rights}) and that cannot be changed: ` +
      "name a folder of your own with --data";
  }
}

/**
 * Makes a file for its owner alone, and closes one that is there to others.
 *
 * @throws when it can neither be made nor closed
 */
export async function makePrivateFile(path: string): Promise<void> {
  const file = await open(path, "a", FILE);
  try {
    if (((await file.stat()).mode & OTHERS) !== 0) await file.chmod(FILE);
  } finally {
    await file.close();
  }
}

/** The files that SQLite makes beside its own; it gives them the rights of that one. */
const BESIDE = ["-wal", "-shm", "-journal"];

/** Makes a file for SQLite, private with all that stands beside it. */
export async function makePrivateDatabase(path: string): Promise<void> {
  await makePrivateFile(path);
  for (const end of BESIDE) {
    try {
      await chmod(`${path}${end}`, FILE);
    } catch {
      // There is none.
    }
  }
}

/** Writes a private file anew. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await makePrivateFile(path);
  const file = await open(path, "w", FILE);
  try {
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}
