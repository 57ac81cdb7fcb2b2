import { BadRequestException, type PipeTransform } from "@nestjs/common";

/** A title is a text that says something. */
export class BookTitlePipe implements PipeTransform<unknown, string> {
  transform(value: unknown): string {
    if (typeof value !== "string" || value.trim() === "") throw new BadRequestException("A book needs a title.");
    return value.trim();
  }
}
