// Packages of the tests that come without types.

declare module "compression";
declare module "express-session";
declare module "express4";
declare module "koa";
declare module "morgan";
declare module "multer";
