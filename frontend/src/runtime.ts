// What the stub loads: everything of the embed that isn't needed in the first moment.
export { call } from "./embed/calls";
export { connect, show } from "./embed/element";
