/**
 * `/docs`: the contract as one page, made from the OpenAPI document on the
 * server. No script, so the strictest policy holds; `<details>` opens and
 * closes by itself, and the browser's own search finds what is inside.
 */
import type { OpenApiDocument, OpenApiOperation, OpenApiParameter } from "./openapi.ts";
import { httpErrors } from "./errors.ts";
import { schemaHtml, typeText } from "./docs-schema.ts";
import { html, joined, markdown, type Html } from "./html.ts";

interface Listed {
  method: string;
  path: string;
  operation: OpenApiOperation;
}

/** The whole page. */
export function docsPage(document: OpenApiDocument): string {
  const listed = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
  const groups = document.tags.map(({ name }) => ({
    name,
    routes: listed.filter(({ operation }) => operation.tags.includes(name)),
  }));
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${document.info.title} API</title>
        <link rel="stylesheet" href="/docs.css" />
      </head>
      <body>
        <nav aria-label="Groups">
          <a class="home" href="#top">${document.info.title} API</a>
          ${joined(groups.map(({ name, routes }) => html`<a href="#group-${name}">${title(name)} <small>${routes.length}</small></a>`))}
          <a href="#errors">Error codes</a>
          <a href="/openapi.json">openapi.json</a>
        </nav>
        <main id="top">
          <h1>${document.info.title} API</h1>
          <p class="lead">${markdown(document.info.description)}</p>
          <pre class="try">curl ${document.servers[0]?.url ?? ""}/livez</pre>
          ${joined(groups.map(groupHtml))} ${errorsHtml(listed)}
        </main>
      </body>
    </html> `.text;
}

function title(name: string): string {
  const words = name.replaceAll("-", " ").replace(/\burl\b/, "URL");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function groupHtml({ name, routes }: { name: string; routes: readonly Listed[] }): Html {
  return html`<section id="group-${name}">
    <h2>${title(name)}</h2>
    ${joined(routes.map(routeHtml))}
  </section>`;
}

function routeHtml({ method, path, operation }: Listed): Html {
  const { summary, description, parameters, requestBody, responses } = operation;
  const bodies = Object.entries(requestBody?.content ?? {});
  const successes = Object.entries(responses).filter(([status]) => /^[23]/.test(status));
  return html`<details id="${operation.operationId}">
    <summary>
      <b class="method ${method}">${method.toUpperCase()}</b> <code>${path}</code>
      <span>${summary}</span>
    </summary>
    <div class="inside">
      ${description === undefined ? "" : html`<p>${markdown(description)}</p>`}
      <p class="auth">${authText(operation)}</p>
      ${parametersHtml(parameters)}
      ${joined(
        bodies.map(
          ([type, { schema }]) =>
            html`<h3>Body <small>${type}</small></h3>
              ${schemaHtml(schema)}`,
        ),
      )}
      ${joined(
        successes.map(
          ([status, { description: text, content = {} }]) =>
            html`<h3>
                <b class="status">${status}</b> ${text}
                <small>${Object.keys(content).join(", ")}</small>
              </h3>
              ${joined(Object.values(content).map(({ schema }) => schemaHtml(schema)))}`,
        ),
      )}
      ${codesHtml(operation)}
    </div>
  </details>`;
}

function authText({ security }: OpenApiOperation): Html {
  if (security.length === 0) return html`Anyone may call this.`;
  const scopes = security.flatMap((way) => way["bearer"] ?? []);
  const optional = security.some((way) => Object.keys(way).length === 0);
  if (optional) return html`Anyone may call this; valid credentials are recognised.`;
  return scopes.length === 0
    ? html`Needs a signed-in person.`
    : html`Needs a signed-in person, or an API key with <code>${scopes.join(" ")}</code>.`;
}

function parametersHtml(parameters: readonly OpenApiParameter[]): Html {
  if (parameters.length === 0) return html``;
  const rows = parameters.map(
    ({ name, in: place, required, description, schema }) =>
      html`<dt><code>${name}</code> <small>${place}${required ? ", required" : ""}</small></dt>
        <dd>
          ${typeText(schema)}${description === undefined ? "" : html` · ${markdown(description)}`}
        </dd>`,
  );
  return html`<h3>Parameters</h3>
    <dl>${joined(rows)}</dl>`;
}

function codesHtml(operation: OpenApiOperation): Html {
  const codes = operation["x-error-codes"];
  return html`<h3>Errors</h3>
    <p class="codes">
      ${joined(
        codes.map(
          ({ code, status }) =>
            html`<a href="#${code}"
              ><small>${status === "default" ? "" : status}</small> ${code}</a
            > `,
        ),
      )}
    </p>`;
}

function errorsHtml(listed: readonly Listed[]): Html {
  const own = Object.entries(httpErrors.table).map(([code, kind]) => ({
    code,
    status: String(kind.status),
    title: kind.title,
  }));
  const all = [...own, ...listed.flatMap(({ operation }) => operation["x-error-codes"])];
  const byCode = new Map(all.map((each) => [each.code, each]));
  const rows = [...byCode.values()]
    .sort((a, b) => a.status.localeCompare(b.status) || a.code.localeCompare(b.code))
    .map(
      ({ code, status, title: text }) =>
        html`<dt id="${code}">
            <code>${code}</code> <small>${status === "default" ? "" : status}</small>
          </dt>
          <dd>${text}</dd>`,
    );
  return html`<section id="errors">
    <h2>Error codes</h2>
    <p>
      Every error is <code>application/problem+json</code> with a <code>code</code> from this list.
    </p>
    <dl>${joined(rows)}</dl>
  </section>`;
}
