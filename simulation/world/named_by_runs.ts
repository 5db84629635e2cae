/**
 * What run configs of a world may name: a template in S3, a task definition that is registered from the beginning.
 *
 * @module
 */

/** Family of the registered task definition; its only revision is 1. */
export const SHARED_FAMILY = "shared";

/** Where the template is. */
export const TEMPLATE_PATH = "s3://templates/flow.json";

/** The template; its log driver says where the last lines of a lost task are. */
export const TEMPLATE_TEXT = JSON.stringify({
  containerDefinitions: [{
    name: "flow",
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": "/flows",
        "awslogs-region": "us-east-1",
        "awslogs-stream-prefix": "flow",
      },
    },
  }],
});
