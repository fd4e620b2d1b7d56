/** As much of Express 5 as the tests use; it brings no types of its own. */
declare module "express" {
  import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

  interface Response extends ServerResponse {
    send(body: string): void;
  }
  interface Application extends RequestListener {
    set(name: string, value: string): this;
    use(
      path: string,
      handler: (request: IncomingMessage, response: Response, next: () => void) => void,
    ): this;
    get(path: string, handler: (request: IncomingMessage, response: Response) => void): this;
  }
  export default function express(): Application;
}
