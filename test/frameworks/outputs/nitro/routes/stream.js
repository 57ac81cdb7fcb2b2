import { defineEventHandler } from "h3";
import { pieces } from "../pieces.js";

export default defineEventHandler(() => pieces());
