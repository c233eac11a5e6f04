// The inspector's page: where it begins.
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { render } from "preact";
import { App } from "./app.tsx";

render(<App />, document.getElementById("app")!);
