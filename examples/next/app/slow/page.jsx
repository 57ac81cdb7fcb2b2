import { Suspense } from "react";
import { connection } from "next/server";

async function Late() {
  await connection();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return <p id="late">This part came 300 ms later, in the same response.</p>;
}

export default function Slow() {
  return (
    <>
      <h1>Streaming</h1>
      <Suspense fallback={<p>Waiting for the rest.</p>}>
        <Late />
      </Suspense>
    </>
  );
}
