/** Sets: each member a cell of its own, there when any addition of it is that no removal had seen. */
import { elementOfPlace } from "../cell-key.ts";
import { isPresent } from "../head.ts";
import type { Sets } from "../keyspace.ts";
import type { Access } from "./access.ts";
import { addedIn, editElements, removeElements } from "./element-edits.ts";
import { allElements, countElements, scanElements } from "./elements.ts";

const type = "set";
const bytes = new Uint8Array();

export function createSets(access: Access): Sets {
  const { keyAt, elementAt } = access;
  const memberOf = ({ place }: { place: Uint8Array }): Uint8Array => elementOfPlace(place);
  return {
    async add(key, members) {
      const at = keyAt(key);
      const elements = members.map((member) => ({
        place: elementAt(at, member),
        edit: { kind: "put", bytes, when: "always" } as const,
      }));
      return addedIn(await editElements(access, at, type, elements));
    },
    remove: (key, members) => removeElements(access, keyAt(key), type, members),
    async has(key, members) {
      const at = keyAt(key);
      const places = members.map((member) => elementAt(at, member));
      return (await access.elements(at, type, places)).map(isPresent);
    },
    size: (key) => countElements(access, keyAt(key), type),
    all: async (key) => (await allElements(access, keyAt(key), type)).map(memberOf),
    scan: (key, cursor, options) =>
      scanElements(access, keyAt(key), { type, cursor, ...options }, memberOf),
  };
}
