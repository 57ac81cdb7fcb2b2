// Node listeners and the contract, in both directions.

export { toNode, type NodeListener, type ToNodeOptions } from "./node/to-node.ts";
