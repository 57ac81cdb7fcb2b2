import Link from "next/link";
import "./style.css";

export const metadata = { title: "Notes", description: "A Next app on easyserver", icons: "/logo.svg" };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Home</Link> <Link href="/notes">Notes</Link> <Link href="/slow">Streaming</Link>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
