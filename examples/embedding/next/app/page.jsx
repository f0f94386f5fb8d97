export default function Page() {
  return <a href="/jobs">The jobs of this application</a>;
}
