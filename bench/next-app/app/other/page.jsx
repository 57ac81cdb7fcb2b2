export default function Other() {
  return <h1>The other page</h1>;
}
