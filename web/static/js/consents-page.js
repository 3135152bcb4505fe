/** A party's consents outside a sitting: reads each question aloud where the browser can. */

import { bindListenButtons } from "./join/read-aloud.js";

bindListenButtons();
