/**
 * Variables that the agent gives to every task and that tell nothing.
 *
 * @module
 */

const PUBLIC_NAME =
  /^PREFECT__(BACKEND|CONTEXT__(FLOW_RUN_ID|FLOW_ID|IMAGE)|ENGINE__.*|LOGGING__.*|CLOUD__(API|TENANT_ID|AGENT__LABELS|USE_LOCAL_SECRETS|SEND_FLOW_RUN_LOGS))$/;

/** Whether the value of a variable may be shown. The client token, too, is public: it is made of the run and its claim. */
export function isPublicVariable(name: string): boolean {
  return name === "clientToken" || PUBLIC_NAME.test(name);
}
