import {
  Body,
  Controller,
  Get,
  type MessageEvent,
  NotFoundException,
  Param,
  ParseIntPipe,
  Post,
  Sse,
} from "@nestjs/common";
import { StreamableFile, UploadedFile, UseGuards, UseInterceptors, Version } from "@nestjs/common";
import { FileInterceptor } from "@nestjs/platform-express";
import { map, type Observable } from "rxjs";
import { BookTitlePipe } from "./book-title.pipe.js";
// oxlint-disable-next-line typescript/consistent-type-imports -- Nest finds it by the class
import { type Book, BooksService } from "./books.service.js";
import { EnvelopeInterceptor } from "./envelope.interceptor.js";
import { LibrarianGuard } from "./librarian.guard.js";

interface Upload {
  readonly mimetype: string;
  readonly buffer: Buffer;
}

interface ShownBook {
  readonly id: number;
  readonly title: string;
  readonly hasCover: boolean;
}

const shown = ({ id, title, cover }: Book): ShownBook => ({ id, title, hasCover: cover !== null });

@Controller({ path: "books", version: "1" })
export class BooksController {
  constructor(private readonly books: BooksService) {}

  @Get()
  all(): readonly ShownBook[] {
    return this.books.all().map(shown);
  }

  @Get()
  @Version("2")
  @UseInterceptors(EnvelopeInterceptor)
  allInEnvelope(): readonly ShownBook[] {
    return this.all();
  }

  @Sse("added")
  added(): Observable<MessageEvent> {
    return this.books.added.pipe(map((book) => ({ id: String(book.id), data: shown(book) })));
  }

  @Get(":id")
  one(@Param("id", ParseIntPipe) id: number): ShownBook {
    return shown(this.books.one(id));
  }

  @Post()
  @UseGuards(LibrarianGuard)
  add(@Body("title", BookTitlePipe) title: string): ShownBook {
    return shown(this.books.add(title));
  }

  @Post(":id/cover")
  @UseGuards(LibrarianGuard)
  @UseInterceptors(FileInterceptor("cover", { limits: { fileSize: 1_000_000 } }))
  setCover(@Param("id", ParseIntPipe) id: number, @UploadedFile() file: Upload | undefined): ShownBook {
    const book = this.books.one(id);
    book.cover = file === undefined ? null : { type: file.mimetype, bytes: file.buffer };
    return shown(book);
  }

  @Get(":id/cover")
  cover(@Param("id", ParseIntPipe) id: number): StreamableFile {
    const { cover } = this.books.one(id);
    if (cover === null) throw new NotFoundException("This book has no cover.");
    return new StreamableFile(cover.bytes, { type: cover.type, length: cover.bytes.length });
  }
}
