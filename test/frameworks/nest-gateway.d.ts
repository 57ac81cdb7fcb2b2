export function gatewayModule(): object;
