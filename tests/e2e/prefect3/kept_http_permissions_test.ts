import assert from "node:assert/strict";

const TLS = new URL("../tls/", import.meta.url);
const ROOT = new URL("../../../", import.meta.url);
const AUTHORITY = new URL("authority.pem", TLS).pathname;

/** The permissions with which people run the agent. */
function agentPermissions(): readonly string[] {
  const { tasks } = JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
  return String(tasks.agent.command).split(" ").filter((word) => word.startsWith("--allow-"));
}

/** Status of a call over TLS, or why there is none, in a process that may do what the agent may. */
async function call(options: string, env: Readonly<Record<string, string>>): Promise<string> {
  const tls = {
    cert: Deno.readTextFileSync(new URL("loopback.pem", TLS)),
    key: Deno.readTextFileSync(new URL("loopback_key.pem", TLS)),
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => undefined, ...tls },
    () => new Response("secure"),
  );
  const code = `
    import { makeKeptHttp } from ${JSON.stringify(new URL("actors/http/kept_http.ts", ROOT).href)};
    const http = makeKeptHttp({ env: {}, most: 1, ...${options} });
    const url = "https://127.0.0.1:${server.addr.port}/";
    console.log(await http.call({ method: "GET", url, headers: {} }).then((a) => a.status, (e) => e.message));
    http.close();`;
  const args = [
    "run",
    "--quiet",
    ...agentPermissions(),
    `data:application/typescript,${encodeURIComponent(code)}`,
  ];
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, env: { ...env } }).output();
  await server.shutdown();
  return new TextDecoder().decode(stdout).trim() || new TextDecoder().decode(stderr);
}

const BUILT_IN = "{ authorities: null, skipVerify: false }";

Deno.test("kept HTTP: given the agent's permissions and no authority, when a server is called that the runtime trusts, then it answers", async () => {
  assert.equal(await call(BUILT_IN, { DENO_CERT: AUTHORITY }), "200");
});

Deno.test("kept HTTP: given the agent's permissions and no authority, when a server is called that nobody trusts, then its certificate is the reason", async () => {
  assert.match(await call(BUILT_IN, {}), /certificate/);
});

Deno.test("kept HTTP: given the agent's permissions and certificates that are not verified, when a server is called, then it answers", async () => {
  assert.equal(await call("{ authorities: null, skipVerify: true }", {}), "200");
});
