import { index, route } from "@react-router/dev/routes";

export default [
  index("routes/home.jsx"),
  route("form", "routes/form.jsx"),
  route("echo", "routes/echo.js"),
  route("stream", "routes/stream.js"),
  route("go", "routes/go.js"),
];
