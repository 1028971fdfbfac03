# make run, make demo, make check, make test, make bench, make audit, make backup, make restore, make format, make clean: make help says what each does.
# The Python environment (.venv) is made on first use, and brought up to date when the requirements change.

PYTHON  ?= python3
# make run: the port, the network address to listen on (empty: every one of this machine), and
# WATCH=auto for reloading the pages while they are being written.
PORT    ?= 8501
# make demo: its own port and store, so that the simulated district can be seen beside the office's figures.
DEMO_PORT  ?= 8502
DEMO_STORE ?= data/demo-store
ADDRESS ?=
WATCH   ?= none
# make test: processes, and arguments for pytest such as ARGS="-k trend" or ARGS="-m 'not browser'".
# make bench: arguments for it such as ARGS="publish --sizes 90000,1000000".
WORKERS ?= 2
ARGS    ?=
# make test SPARK=1: Spark is installed first, so that its tests are not skipped (needs Java 17).
SPARK   ?=

# Compiled modules are kept, also where a machine's setting says no: otherwise pytest rewrites and compiles two hundred
# modules again in each of its processes.
export PYTHONDONTWRITEBYTECODE :=

VENV  := .venv
BIN   := $(VENV)/bin
AUDIT := .venv-audit

.DEFAULT_GOAL := help
.PHONY: run demo check test style bench audit backup restore format clean help

run: $(VENV)/.run ## Mở bảng điều khiển (PORT=8501); kho còn trống thì nạp số liệu mô phỏng trước
	@$(BIN)/python -m ingest demo
	@printf '\nBảng điều khiển: http://localhost:%s   (dừng: Ctrl+C)\n\n' '$(PORT)'
	@exec $(BIN)/streamlit run server.py --server.port=$(PORT) --server.fileWatcherType=$(WATCH) \
		--logger.hideWelcomeMessage=true $(if $(ADDRESS),--server.address=$(ADDRESS))

demo: $(VENV)/.run ## Mở huyện mô phỏng ở kho riêng data/demo-store (DEMO_PORT=8502); kho của cơ quan giữ nguyên
	@DASHBOARD_STORE='$(DEMO_STORE)' $(MAKE) --no-print-directory run PORT=$(DEMO_PORT)

# What the last run made and the code has not changed since is used again (tests/kept.py).
check: $(VENV)/.dev style ## Vòng kiểm tra nhanh khi sửa mã: không trình duyệt, không máy chủ, không dựng kho, không việc chậm
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m 'not browser and not server and not builds and not slow' $(ARGS)

test: $(VENV)/.dev $(if $(SPARK),$(VENV)/.spark) style ## Kiểm tra cách viết mã, rồi chạy toàn bộ kiểm thử, kể cả trong trình duyệt
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

style: $(VENV)/.dev
	@$(BIN)/ruff check --quiet --output-format concise .
	@$(BIN)/ruff format --check --quiet --output-format concise .

bench: $(VENV)/.dev ## Đo tốc độ và bộ nhớ, so với trang Dash và Streamlit thường (khoảng 40 phút; ARGS="publish": một phần)
	@$(BIN)/python -m bench $(ARGS)

audit: $(VENV)/.run ## Tìm lỗ hổng đã biết trong các gói; lỗi 1: có lỗ hổng, lỗi 3: chưa kiểm tra được
	@[ -x $(AUDIT)/bin/pip-audit ] || { $(PYTHON) -m venv --clear $(AUDIT) \
		&& $(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check 'pip-audit~=2.10'; } >/dev/null 2>&1 \
		|| { echo 'CHƯA KIỂM TRA ĐƯỢC: không cài được pip-audit; chạy lại make audit trên máy có internet.'; exit 3; }
	@$(BIN)/python deploy/audit.py $(AUDIT)/bin/pip-audit

backup: $(VENV)/.run ## Sao lưu cả kho vào một tệp (FILE=…; mặc định backup/<ngày>-<bản số liệu>.tar)
	@$(BIN)/python -m ingest backup $(if $(FILE),'$(FILE)')

restore: $(VENV)/.run ## Khôi phục kho từ tệp sao lưu: make restore FILE=…; thay kho đang có: thêm REPLACE=1
	@$(if $(FILE),,echo 'Cần tên tệp sao lưu: make restore FILE=backup/….tar'; exit 2;) \
		$(BIN)/python -m ingest restore-backup '$(FILE)' $(if $(REPLACE),--replace)

format: $(VENV)/.dev ## Sửa cách viết mã theo quy ước chung
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

clean: ## Xoá môi trường và tệp tạm; số liệu trong data/store, data/demo-store được giữ nguyên
	rm -rf $(VENV) $(AUDIT) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## Danh sách lệnh
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The stamps are newer than the requirements they were made from. A venv without pip (python3-venv was
# missing when it was made) is made again.
$(VENV)/.run: requirements.txt
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
		$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
			|| { echo 'Cần Python 3.11 trở lên: make PYTHON=python3.12 ...'; exit 1; }; \
		$(PYTHON) -m venv --clear $(VENV); }
	@echo 'Cài đặt các gói Python (lần đầu mất vài phút)…'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

$(VENV)/.spark: requirements-spark.txt $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-spark.txt
	@touch $@
