// The packages of this version, for tests outside of this folder.

import "reflect-metadata";

export * as common from "@nestjs/common";
export * as core from "@nestjs/core";
export * as express from "@nestjs/platform-express";
export * as fastify from "@nestjs/platform-fastify";
export { default as multipart } from "@fastify/multipart";
