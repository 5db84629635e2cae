/**
 * Where a Job holds texts: YAML 1.1 would take `3.10` for a number, and Kubernetes wants what was written.
 *
 * @module
 */

import type { TextPlaces } from "../../schemas/json/mapping_text.ts";

const META = ["name", "generateName", "namespace", "labels/*", "annotations/*"];

const CONTAINER = [
  ...["name", "image", "imagePullPolicy", "workingDir", "command/*", "args/*"],
  ...["env/*/name", "env/*/value", "envFrom/*/prefix", "envFrom/*/*/name"],
  ...["env/*/valueFrom/secretKeyRef/*", "env/*/valueFrom/configMapKeyRef/*", "env/*/valueFrom/fieldRef/*"],
  ...["volumeMounts/*/name", "volumeMounts/*/mountPath", "volumeMounts/*/subPath"],
];

const POD = [
  ...["serviceAccountName", "serviceAccount", "nodeName", "priorityClassName", "runtimeClassName"],
  ...["restartPolicy", "schedulerName", "hostname", "subdomain", "imagePullSecrets/*/name", "nodeSelector/*"],
  ...["tolerations/*/key", "tolerations/*/operator", "tolerations/*/value", "tolerations/*/effect"],
  ...["volumes/*/name", "volumes/*/secret/secretName", "volumes/*/configMap/name"],
  ...["volumes/*/persistentVolumeClaim/claimName", "volumes/*/hostPath/path"],
  ...["containers", "initContainers"].flatMap((part) => CONTAINER.map((member) => `${part}/*/${member}`)),
];

/** Places of a manifest's texts. */
export const JOB_TEXTS: TextPlaces = [
  ...META.map((member) => `metadata/${member}`),
  ...META.map((member) => `spec/template/metadata/${member}`),
  ...POD.map((member) => `spec/template/spec/${member}`),
];
