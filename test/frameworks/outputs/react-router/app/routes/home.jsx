export const headers = () => ({ "X-Page": "home" });

export default function Home() {
  return <h1>Home</h1>;
}
