/**
 * Bundles the inspector's page into one file, `inspector/page/page.js`, which is committed so that neither running nor
 * compiling the agent needs a build. `--check` changes nothing and fails when that file is not what the sources make.
 *
 * @module
 */

const SOURCE = "inspector/page/main.tsx";
const BUILT = "inspector/page/page.js";
const HEAD =
  "// Generated from main.tsx by `deno task build:page`; do not edit. Holds preact and valibot, both under the MIT licence.\n";

/** The page as one script. @throws {Error} with what the bundler said when it could not */
export async function bundlePage(): Promise<string> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=browser", "--minify", SOURCE],
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output();
  if (!success) throw new Error(`Cannot bundle ${SOURCE}: ${new TextDecoder().decode(stderr)}`);
  return HEAD + new TextDecoder().decode(stdout);
}

async function main(args: readonly string[]): Promise<number> {
  const fresh = await bundlePage();
  const say = (text: string): Promise<number> => Deno.stdout.write(new TextEncoder().encode(`${text}\n`));
  if (!args.includes("--check")) {
    await Deno.writeTextFile(BUILT, fresh);
    await say(`${BUILT}: ${fresh.length} characters`);
    return 0;
  }
  const committed = await Deno.readTextFile(BUILT);
  if (committed === fresh) return 0;
  await say(`${BUILT} is stale: run deno task build:page and commit it`);
  return 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
