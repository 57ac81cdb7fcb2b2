// Static: `next build` renders it.

const PARAGRAPHS = Array.from({ length: 20 }, (_, index) => `Paragraph ${index}: the quick brown fox.`);

export default function Page() {
  return (
    <main>
      <h1>Hello, World!</h1>
      {PARAGRAPHS.map((text) => (
        <p key={text}>{text}</p>
      ))}
    </main>
  );
}
