"""Taking customers out in the format of another system: which format, then the file."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from idic.core import clock, ids
from idic.core.access import needs, staff_of
from idic.web.export.formats import CSV, ENCODINGS, XLSX, Format, find_format, list_formats
from idic.web.export.writing import write_export
from idic.web.listing import ListQuery
from idic.web.selectors import customers as selectors
from idic.web.views.customers import business_of, frame_of, query_of, read_chosen

_TYPES = {
    CSV: "text/csv",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_GET
@needs("customers.export")
def customer_export_as(request: HttpRequest) -> HttpResponse:
    """Ask in which format a list, or those chosen of it, is to leave."""
    query, chosen = _asked(request)
    frame = frame_of(business_of(request))
    if chosen is None:
        count = selectors.count_all_found(query, frame=frame).number
    else:
        count = len(chosen)
    context = {
        "station": 1,
        "count": count,
        "origin": query.encode(),
        "who": "all" if chosen is None else "chosen",
        "chosen": [ids.encode("customer", number) for number in chosen or ()],
        "formats": [(form, _say(form)) for form in list_formats()],
        "encodings": list(ENCODINGS.items()),
    }
    return render(request, "web/customer_export_as.html", context)


def _say(form: Format) -> str:
    if not form.system:
        return _("All columns, headed in your language")
    if form.is_companies is None:
        return _("Customers")
    return _("Companies") if form.is_companies else _("Persons")


@require_GET
@needs("customers.export")
def customer_export_file(request: HttpRequest) -> StreamingHttpResponse:
    """Send the file."""
    form = find_format(request.GET.get("format", ""))
    if form is None:
        raise Http404
    query, chosen = _asked(request)
    business = business_of(request)
    file_type, encoding = request.GET.get("file", ""), request.GET.get("encoding", "")
    file_type = file_type if file_type in _TYPES else form.file_type
    everyone = selectors.list_everyone(query, frame=frame_of(business), among=chosen)
    response = StreamingHttpResponse(
        write_export(
            customer_ids=(summary.customer_id for summary in everyone),
            form=form,
            file_type=file_type,
            encoding=encoding if encoding in ENCODINGS else form.encoding,
            is_family_first=business.language.startswith(("vi", "zh")),
            filters=[part.name for part in query.parts],
            actor=staff_of(request).email,
            now=clock.now(),
        ),
        content_type=_TYPES[file_type],
    )
    name = f"{form.key}-{clock.today()}.{file_type}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(request: HttpRequest) -> tuple[ListQuery, list[int] | None]:
    values = request.GET
    query = query_of(QueryDict(values.get("list", "")), business_of(request))
    chosen = read_chosen(values.getlist("chosen")) if values.get("who") == "chosen" else None
    return query, chosen
