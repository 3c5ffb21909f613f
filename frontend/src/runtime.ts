// What the stub loads: everything of the embed that isn't needed in the first moment.
export { call } from "./embed/calls";
export { connect, show } from "./embed/element";

// For the parts beside it, which only some pages load: dialogs.js and capture.js.
export { numberFromText } from "./check";
export { pageContext } from "./context";
export { create, headingIn, html, sheet } from "./embed/markup";
export { captured, emitFrom, pageAddress, pageData, TAG } from "./embed/page";
