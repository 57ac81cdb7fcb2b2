import "reflect-metadata";
import { VersioningType } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { AppModule } from "./app.module.js";

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ["error", "warn"] });
  app.setGlobalPrefix("api", { exclude: ["/", "health"] });
  app.enableVersioning({ type: VersioningType.URI });
  app.enableShutdownHooks();
  await app.listen(process.env["PORT"] ?? 3000, process.env["HOST"] ?? "localhost");
  console.log(`Nest listens on ${await app.getUrl()}`);
}

void bootstrap();
