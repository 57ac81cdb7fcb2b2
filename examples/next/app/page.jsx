import Image from "next/image";
import { Counter } from "./counter";

// Rendered once, by `next build`.
export default function Home() {
  return (
    <>
      <h1>A Next app on easyserver</h1>
      <p>This page is static, the picture is scaled by the image optimiser, and the button comes alive by hydration.</p>
      <Image src="/sunset.png" alt="a sunset" width={320} height={160} priority />
      <Counter />
    </>
  );
}
