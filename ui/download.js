export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const label = parentElement.querySelector("span");
  const said = parentElement.querySelector("p");
  if (button.ariaBusy !== "true") label.textContent = data.label;

  const take = (address) => {
    const link = document.createElement("a");
    link.href = address;
    link.download = ""; // an answer that is no success is a download that failed
    document.body.append(link);
    link.click();
    link.remove();
  };

  button.onclick = async () => {
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    label.textContent = data.busy;
    said.textContent = "";
    try {
      const answer = await fetch(data.address, { method: "POST" });
      const { address, says } = await answer.json();
      if (answer.ok) take(address);
      else said.textContent = says;
    } catch {
      // No response, or an error page of a proxy.
      said.textContent = data.unreachable;
    }
    button.ariaBusy = "false";
    label.textContent = data.label;
  };
}
