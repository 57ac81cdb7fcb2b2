import { Injectable, NotFoundException, type OnApplicationShutdown } from "@nestjs/common";
import { Subject } from "rxjs";

export interface Book {
  readonly id: number;
  readonly title: string;
  cover: { readonly type: string; readonly bytes: Buffer } | null;
}

@Injectable()
export class BooksService implements OnApplicationShutdown {
  /** Every book that comes in. */
  readonly added: Subject<Book> = new Subject();
  private readonly books = new Map<number, Book>();

  all(): readonly Book[] {
    return [...this.books.values()];
  }

  one(id: number): Book {
    const book = this.books.get(id);
    if (book === undefined) throw new NotFoundException(`There is no book ${id}.`);
    return book;
  }

  add(title: string): Book {
    const book: Book = { id: this.books.size + 1, title, cover: null };
    this.books.set(book.id, book);
    this.added.next(book);
    return book;
  }

  onApplicationShutdown(signal?: string): void {
    this.added.complete();
    console.log(`The library closes (${signal}).`);
  }
}
