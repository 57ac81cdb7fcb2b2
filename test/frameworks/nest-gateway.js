// A Nest module with a gateway and a controller. Decorators are applied by hand.

export function gatewayModule({ common, websockets }) {
  const { Controller, Get, Module } = common;
  const { MessageBody, SubscribeMessage, WebSocketGateway } = websockets;

  class EchoGateway {
    echo(data) {
      return { event: "echoed", data };
    }
  }
  const echo = Object.getOwnPropertyDescriptor(EchoGateway.prototype, "echo");
  SubscribeMessage("echo")(EchoGateway.prototype, "echo", echo);
  MessageBody()(EchoGateway.prototype, "echo", 0);
  WebSocketGateway()(EchoGateway);

  class HomeController {
    home() {
      return "home";
    }
  }
  const home = Object.getOwnPropertyDescriptor(HomeController.prototype, "home");
  Get()(HomeController.prototype, "home", home);
  Controller()(HomeController);

  class GatewayModule {}
  Module({ controllers: [HomeController], providers: [EchoGateway] })(GatewayModule);
  return GatewayModule;
}
