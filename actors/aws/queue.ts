/**
 * A queue of SQS, as far as a reader of events needs it.
 *
 * @module
 */

import type { SQSClient } from "@aws-sdk/client-sqs";
import { objectsIn, textIn } from "./answer.ts";
import { toAwsFailure } from "./failure.ts";
import { lateSdk } from "./late_sdk.ts";

/** One message. */
export interface QueueMessage {
  readonly body: string;
  /** Names this delivery of the message. */
  readonly receipt: string;
}

/** Calls of a queue. All throw `FailureError`. */
export interface QueueCalls {
  /** Address of the queue of this name; null: there is none. */
  readonly find: (name: string, signal: AbortSignal) => Promise<string | null>;
  /** Waits up to 20 s for up to ten messages. */
  readonly receive: (url: string, signal: AbortSignal) => Promise<readonly QueueMessage[]>;
  /** Deletes up to ten messages; those that could not be deleted come again. */
  readonly remove: (url: string, receipts: readonly string[], signal: AbortSignal) => Promise<void>;
}

/** Most messages of one request. */
export const MOST_MESSAGES = 10;

/** In seconds; what is received and not deleted comes again after the second. */
const WAIT_S = 20;
const HIDDEN_S = 300;

const SERVICE = "SQS";

/** Calls over the SDK; the client is made with the first of them. */
export function makeQueueCalls(client: () => Promise<SQSClient>): QueueCalls {
  return {
    find: async (QueueName, abortSignal) => {
      const { GetQueueUrlCommand } = await lateSdk.sqs();
      try {
        const { QueueUrl } = await (await client()).send(new GetQueueUrlCommand({ QueueName }), {
          abortSignal,
        });
        return QueueUrl ?? null;
      } catch (thrown) {
        const error = toAwsFailure(thrown, { service: SERVICE, operation: "GetQueueUrl", kind: "read" });
        if (
          error.failure.tag === "refused" &&
          /QueueDoesNotExist|NonExistentQueue|UnknownOperation/.test(error.failure.code)
        ) {
          return null;
        }
        throw error;
      }
    },
    receive: async (QueueUrl, abortSignal) => {
      const { ReceiveMessageCommand } = await lateSdk.sqs();
      const command = new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: MOST_MESSAGES,
        WaitTimeSeconds: WAIT_S,
        VisibilityTimeout: HIDDEN_S,
      });
      const { Messages } = await (await client()).send(command, { abortSignal }).catch((thrown: unknown) => {
        throw toAwsFailure(thrown, { service: SERVICE, operation: "ReceiveMessage", kind: "read" });
      });
      return objectsIn(Messages).flatMap(({ Body, ReceiptHandle }) => {
        const receipt = textIn(ReceiptHandle);
        return receipt === null ? [] : [{ body: textIn(Body) ?? "", receipt }];
      });
    },
    remove: async (QueueUrl, receipts, abortSignal) => {
      const { DeleteMessageBatchCommand } = await lateSdk.sqs();
      const Entries = receipts.map((ReceiptHandle, at) => ({ Id: String(at), ReceiptHandle }));
      const command = new DeleteMessageBatchCommand({ QueueUrl, Entries });
      await (await client()).send(command, { abortSignal }).catch((thrown: unknown) => {
        throw toAwsFailure(thrown, { service: SERVICE, operation: "DeleteMessageBatch", kind: "read" });
      });
    },
  };
}
