# The agent with a task role: no key in the image, credentials come from the container's metadata endpoint.
FROM denoland/deno:2.9.6@sha256:2014dc167ece617ef7e7ba40631ac2234c59e75ce693e7cc2dc2602b3c87859d

WORKDIR /app
COPY deno.json deno.lock ./
COPY main.ts ./
COPY schemas schemas
COPY actors actors
COPY flavours flavours
COPY machines machines
COPY agent agent
COPY commands commands
COPY inspector inspector
COPY tools/late_modules.ts tools/
RUN deno cache --frozen main.ts tools/late_modules.ts actors/parsing/mapping_worker.ts

# `prefect agent ecs start …` in a service definition means this agent, also behind `sh -c`.
COPY image/prefect image/entrypoint /usr/local/bin/

USER deno
# Threads come and go; with an arena for each of them, memory that is free is kept.
ENV MALLOC_ARENA_MAX=1
# SIGTERM drains: what is claimed is reported before the agent ends. ECS kills after 30 s (stopTimeout), the agent's grace is 25 s.
ENTRYPOINT ["/usr/local/bin/entrypoint"]
CMD ["ecs", "start"]
