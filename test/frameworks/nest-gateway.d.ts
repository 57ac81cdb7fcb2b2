export function gatewayModule(packages: { readonly common: object; readonly websockets: object }): object;
