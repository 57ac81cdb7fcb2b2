import { type CanActivate, type ExecutionContext, Injectable } from "@nestjs/common";

/** Only librarians change anything. */
@Injectable()
export class LibrarianGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>();
    return request.headers["x-librarian"] === "yes";
  }
}
