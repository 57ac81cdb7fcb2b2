import { Controller, Get, Module, VERSION_NEUTRAL } from "@nestjs/common";
import { BooksController } from "./books.controller.js";
import { BooksService } from "./books.service.js";

@Controller({ version: VERSION_NEUTRAL })
class HomeController {
  @Get()
  home(): string {
    return "<!doctype html><title>Library</title><h1>Library</h1><p>Books are at <a href=/api/v1/books>/api/v1/books</a>.";
  }

  @Get("health")
  health(): { up: boolean } {
    return { up: true };
  }
}

@Module({ controllers: [HomeController, BooksController], providers: [BooksService] })
export class AppModule {}
