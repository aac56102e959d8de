(function () {
  "use strict";
  var table = document.querySelector("table.sorted");
  if (!table) { return; }
  var body = table.tBodies[0];
  var rows = Array.prototype.slice.call(body.rows);
  var box = document.getElementById("filter");
  var count = document.querySelector("output[for=filter]");
  var plain = function (text) {
    return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  };
  var texts = rows.map(function (row) { return plain(row.textContent); });
  var filter = function () {
    var wanted = plain(box.value.trim());
    var seen = 0;
    rows.forEach(function (row, at) {
      row.hidden = texts[at].indexOf(wanted) < 0;
      if (!row.hidden) { seen += 1; }
    });
    count.textContent = seen;
  };
  var language = document.documentElement.lang;
  var order = new Intl.Collator(language, { numeric: true, sensitivity: "base" });
  var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
  heads.forEach(function (head, column) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.title = table.getAttribute("data-sort") + " " + head.textContent;
    head.textContent = "";
    head.appendChild(button);
    button.addEventListener("click", function () {
      var falls = head.getAttribute("aria-sort") === "ascending";
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", falls ? "descending" : "ascending");
      rows.slice().sort(function (a, b) {
        var by = order.compare(a.cells[column].textContent, b.cells[column].textContent);
        return falls ? -by : by;
      }).forEach(function (row) { body.appendChild(row); });
    });
  });
  box.addEventListener("input", filter);
  box.parentNode.hidden = false;
  filter();
}());
